-- One database per subgraph: no service reads another's tables.
CREATE DATABASE users;
CREATE DATABASE products;
CREATE DATABASE orders;

"""An HTTP/1.1 client that does what a gateway needs of one, and is quick at it.

    address     a URL -> where to connect, and what requests say of it
    tls         who is believed, and who one is oneself
    writing     a request -> the bytes of its message
    dialing     an address -> a connection
    connection  one exchange at a time, on one socket
    reading     the bytes of an answer -> a reply; llhttp parses
    pool        which connection is next, and who waits for one
    failures    what ends an exchange without an answer

The connection knows nothing of the pool but that it is told when it is free and when it
is gone; the pool knows nothing of HTTP.
"""

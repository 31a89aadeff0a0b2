"""The demo shop: three services of their own, federated into one schema.

`users` knows who is who and issues tokens, `products` knows the catalogue and
the stock, `orders` knows who bought what. Each has a database of its own and
runs alone (`python -m subgraphs.users`); `shop` is the plumbing they share.
"""

"""What the three services of the demo shop share.

Nothing here knows users, products or orders as GraphQL types: only how a
service finds its settings, keeps a database, checks who asks, pages through a
list, reports an error and answers GraphQL over HTTP.
"""

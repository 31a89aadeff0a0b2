"""The products service: the catalogue, the stock, and who wishes for what."""

"""Many subgraphs into one supergraph, or every reason why not."""

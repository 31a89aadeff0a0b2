"""From a document's text to a prepared operation, once and beside the loop."""

"""One module for each kind of page: from a Tree to what its template places."""

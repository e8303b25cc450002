"""Jobs: work that outlives a request, done by a worker, apart from the server."""

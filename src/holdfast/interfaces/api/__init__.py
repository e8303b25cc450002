"""The HTTP interface: routes under /api/v1 that ask the published results; they compute nothing."""

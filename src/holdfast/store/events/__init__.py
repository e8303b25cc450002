"""Records of any size on the disk: Parquet by partition of customers, appended to, never changed in place."""

"""The Spark session, its progress, and the Java that it needs."""

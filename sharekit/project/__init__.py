"""What people write -> Manifest: declared shapes, reading, loading, lineage, dashboards, scaffolds,
schema."""

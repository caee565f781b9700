"""Analysis-level objects: jets with their taggers, and slimmed collections."""

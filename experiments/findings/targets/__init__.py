"""What the world is compared with: published facts to 2025-12."""

"""What a preview may show: see README.md."""

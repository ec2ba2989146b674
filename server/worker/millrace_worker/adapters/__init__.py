"""What an engine's adapters want to know before they connect."""

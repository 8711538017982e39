"""Any file to a grid or paragraphs of values."""

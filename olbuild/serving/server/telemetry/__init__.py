"""What the server says about itself: health, metrics, logs and traces."""

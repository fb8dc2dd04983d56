"""What campaigns earned: figures of now, and the lift that nights measure."""

"""What could tell the label in place of what a picture shows: attributes of files, and simple traits of pixels."""

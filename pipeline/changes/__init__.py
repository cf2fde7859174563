"""Changes of pictures: what makes a copy of a training picture differ from it, each in a file of its own."""

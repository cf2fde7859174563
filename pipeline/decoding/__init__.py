"""Decoding of pictures that nobody vouches for, in children with limits on time and memory."""

"""The templates of the cards that the stage ``card`` fills."""

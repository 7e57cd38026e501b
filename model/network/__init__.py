"""The message network between the members and components of the model."""

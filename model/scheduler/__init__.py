"""The scheduler: its queue, its cache of assumed pods, its filters and its scores."""

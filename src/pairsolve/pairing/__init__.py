"""Who helps whom: the tiers, the flow that bounds them, and the exact model that meets every rule."""

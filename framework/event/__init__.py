"""Event blocks, views and the products in them."""

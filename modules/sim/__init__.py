"""A light simulation of the CMS detector: pile-up, tracks, vertices, calorimeters and particle flow."""

"""NanoAOD: tables of objects, and modules for analyses of candidates with kinematic fields."""

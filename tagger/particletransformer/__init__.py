"""ParticleTransformerAK4: preparing the samples, the network, training, evaluation and export."""

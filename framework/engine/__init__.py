"""Schedule construction, block processing, exception policy and summaries."""

"""Services of a job: messages, random numbers, timing."""

"""Where numbers come from: links behind sources, and the evidence that would settle what is assumed."""

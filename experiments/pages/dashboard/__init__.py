"""The dashboard: two worlds with the same luck, month by month, with sliders, in a browser on this machine."""

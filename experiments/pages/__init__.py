"""What is written for readers: reference tables, reports, notebooks with their sliders, what the site adds."""

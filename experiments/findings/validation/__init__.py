"""What the page on validation says beyond the targets: residuals, forecasts, mechanisms one by one, access, shocks."""

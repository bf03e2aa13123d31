"""What things cost and how well they work, measured side by side in one run; ratios hold on a busy machine, times do not."""

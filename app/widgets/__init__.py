"""What the pages draw with. A widget shows models and calls the workbench; none knows which page it is on."""

"""The pages: each chooses, calls the workbench, shows. No SQL, no driver, no parsing."""

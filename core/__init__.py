"""The rooms of Assay that know nothing of the browser: models, engines, store, stages and the workbench that joins them."""

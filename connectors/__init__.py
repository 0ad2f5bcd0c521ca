"""One file per kind of source. `registry` lists the kinds without importing them; `base` is what each must do."""

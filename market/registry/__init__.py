"""Recognition and registration of technology contracts (认定登记)."""

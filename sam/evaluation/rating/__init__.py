"""Human rating of masks: blind, from 1 to 10, as in the SAM paper (section 7.1, appendix E)."""

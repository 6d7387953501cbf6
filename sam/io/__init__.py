"""What is read and written: photos' formats and colour profiles, values as files and JSON."""

"""The waist: however a price was found, it ends in one deal here."""

"""Stand-ins for the modules that Ansible sends, one file for each family. Importing a family registers its modules.

The stand-ins follow a reading of the modules' sources: fields of their results are the same, texts are our own.
"""

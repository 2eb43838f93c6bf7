@echo off
rem The command line of the installed application: its own Node, its own program.
"%~dp0node.exe" --disable-warning=ExperimentalWarning --max-semi-space-size=4 "%~dp0program\bin\everstow.mjs" %*

; The installer for Windows, by Inno Setup: .ci/bundle.py runs `iscc` with Version, Folder and Name.
#define Root AddBackslash(SourcePath) + ".."

[Setup]
AppId=org.layerlight.Layerlight
AppName=Layerlight
AppVersion={#Version}
AppPublisher=The Layerlight authors
DefaultDirName={autopf}\Layerlight
DefaultGroupName=Layerlight
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
ChangesAssociations=yes
LicenseFile={#Root}\LICENSE
OutputDir={#Folder}
OutputBaseFilename={#Name}
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
UninstallDisplayIcon={app}\layerlight-window.exe

[Files]
Source: "{#Root}\build\made\layerlight\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\Layerlight"; Filename: "{app}\layerlight-window.exe"
Name: "{autodesktop}\Layerlight"; Filename: "{app}\layerlight-window.exe"; Tasks: desktop

[Tasks]
Name: desktop; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[Registry]
Root: HKA; Subkey: "Software\Classes\.layerlight"; ValueType: string; ValueData: "Layerlight.Session"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\Layerlight.Session"; ValueType: string; ValueData: "Layerlight session"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Layerlight.Session\DefaultIcon"; ValueType: string; ValueData: "{app}\layerlight-window.exe,0"
Root: HKA; Subkey: "Software\Classes\Layerlight.Session\shell\open\command"; ValueType: string; ValueData: """{app}\layerlight-window.exe"" ""%1"""

[Run]
Filename: "{app}\layerlight-window.exe"; Description: "{cm:LaunchProgram,Layerlight}"; Flags: nowait postinstall skipifsilent

/** Photos in and out, and the app itself. */

/** @typedef {import("../action_table.mjs").Action} Action */
/** @typedef {import("../actions.mjs").Parts} Parts */

/** @param {Parts} parts @returns {Action[]} */
export function files({ studio, intake, sources, exporting, projects, replaying }) {
  const group = "Photo";
  return [
    {
      id: "open",
      label: "Open a photo",
      group,
      keys: ["Ctrl+O"],
      icon: "open",
      words: "file upload project samstudio",
      run: () => intake.browse(),
    },
    {
      id: "open-other",
      label: "Open from an address, the clipboard or a camera",
      group,
      icon: "link",
      words: "url web paste webcam",
      run: () => sources.show(),
    },
    {
      id: "export",
      label: "Export",
      group,
      keys: ["Ctrl+Shift+E"],
      icon: "download",
      words: "save download cut-out mask coco yolo png webp tiff psd svg annotations",
      enabled: () => studio.session.picture !== null,
      run: () => void exporting.show(),
    },
    {
      id: "save-project",
      label: "Save project",
      hint: "save the photo with all its objects and clicks as a project, to go on later",
      group,
      keys: ["Ctrl+S"],
      icon: "save",
      words: "samstudio file keep session",
      enabled: () => studio.session.picture !== null,
      run: () => void projects.save(),
    },
    {
      id: "replay",
      label: "Try another model on these objects",
      group,
      icon: "compare",
      words: "replay compare decode again iou",
      enabled: () => studio.session.objects.length > 0,
      run: () => void replaying.show(),
    },
    {
      id: "save-photo",
      label: "Save the changed photo",
      group,
      icon: "download",
      words: "export png download",
      enabled: () => studio.session.picture?.revised ?? false,
      run: () => void exporting.quick("photo"),
    },
    {
      id: "private",
      label: "Private: keep photos in this browser",
      group,
      icon: "shield",
      checked: () => studio.opening.private,
      run: () => studio.opening.setPrivate(!studio.opening.private),
    },
    {
      id: "send-photo",
      label: "Send the photo to the server",
      group,
      icon: "shield",
      words: "private upload",
      enabled: () => Boolean(studio.opening.here),
      run: () => void studio.opening.offer("This photo is only in your browser."),
    },
  ];
}

/** @param {Parts} parts @returns {Action[]} */
export function ofTheApp(parts) {
  const group = "App";
  return [
    {
      id: "commands",
      label: "Search commands",
      group,
      keys: ["Ctrl+K"],
      scope: "app",
      icon: "search",
      listed: false,
      run: () => parts.palette.show(),
    },
    {
      id: "shortcuts",
      label: "Shortcuts",
      group,
      keys: ["?"],
      icon: "help",
      words: "help keys",
      run: () => parts.sheet.show(),
    },
    {
      id: "models",
      label: "Manage models",
      group,
      icon: "stack",
      words: "download memory",
      enabled: () => parts.manager !== null,
      run: () => parts.manager?.show(),
    },
    {
      id: "theme",
      label: "Dark or light",
      group,
      icon: "moon",
      words: "theme mode",
      run: () => parts.header.toggleTheme(),
    },
  ];
}

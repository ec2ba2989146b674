import { useEffect, useState } from "react";
import { errorText } from "@/components/api";
import {
  type EditorController,
  type EditorServices,
  Formatter,
  Linter,
  lintConfiguration,
  lintConfigurationPath,
  ProjectCheck,
  YamlChecker,
} from "@/components/editor";
import { preferences, scratchpadName } from "@/components/shell";
import { toast } from "@/components/ui";

/** SQLFluff, YAML schemas and the formatter over the open files. `refresh` looks again when the project has changed. */
export function useChecks(controller: EditorController, services: EditorServices) {
  const [linter] = useState(
    () =>
      new Linter({
        lint: (file) => services.lint(file),
        buffers: controller.buffers,
        problems: controller.problems,
        isLinted: (path) => controller.isCompiled(path),
      }),
  );
  const [projectCheck] = useState(
    () =>
      new ProjectCheck({
        ask: (files) => services.diagnostics(files),
        buffers: controller.buffers,
        problems: controller.problems,
      }),
  );
  const [yaml] = useState(() => new YamlChecker(controller.buffers, controller.problems));
  const [formatter] = useState(
    () =>
      new Formatter({
        format: (file) => services.format(file),
        buffers: controller.buffers,
        tell: { info: (message) => toast(message), error: (title, description) => toast.error(title, { description }) },
      }),
  );
  useEffect(() => {
    const follow = () => linter.follow(controller.activePath());
    const stops = [linter.start(), yaml.start(), projectCheck.start(), controller.tabs.subscribe(follow)];
    follow();
    controller.beforeSave = async (path) => {
      if (preferences().get().formatOnSave && /\.sql$/i.test(path) && scratchpadName(path) === null) {
        await formatter.format(path, { saving: true, onLate: () => void controller.save(path) });
      }
    };
    return () => {
      controller.beforeSave = null;
      for (const stop of stops) stop();
    };
  }, [controller, formatter, linter, yaml, projectCheck]);
  /** Writes a configuration of SQLFluff to begin with, and opens it. */
  async function configureLint() {
    try {
      await services.create({
        path: lintConfigurationPath,
        text: await lintConfiguration(controller.lookup.get().index.adapter),
      });
      linter.refresh();
      controller.open(lintConfigurationPath);
    } catch (error) {
      toast.error(`${lintConfigurationPath} was not created`, { description: errorText(error) });
    }
  }
  const refresh = () => {
    linter.refresh();
    projectCheck.changed();
  };
  return { formatter, linter, projectCheck, configureLint, refresh };
}

import type { GeneratorCallback, Tree } from '@nx/devkit';
import { formatErrors } from '@ai-stack/report';
import { nextSteps } from './next-steps';
import { placeService } from './place-service';
import { formatService, goldensOf, writeGenerated, writeGoldens } from './write-derived';
import { parseRequest, type ServiceOptions, type ServiceRequest } from './request';
import { readScene, type Scene } from './scene';
import { writeServiceFiles } from './service-files';

/**
 * `nx g ./tools/nx-plugin:service <name> ...`: writes `apps/<name>/`, places it, and then writes CODEOWNERS, the schema of its
 * options and the goldens of what renders differently now. Bad options are reported together, before anything is written.
 */
export default function service(tree: Tree, options: ServiceOptions): GeneratorCallback {
  const scene = readScene(tree);
  const request = checked(options, scene);
  writeService(tree, request, scene);
  return async () => {
    await formatService(tree.root, request.name);
    await writeGenerated(tree.root);
    await writeGoldens(tree.root, goldensOf(request, scene));
    console.log(nextSteps(request, scene));
  };
}

/** The changes of the tree alone. */
export function writeService(tree: Tree, request: ServiceRequest, scene: Scene): void {
  writeServiceFiles(tree, request, scene);
  for (const { environment, host } of request.placements) {
    const placedIn = scene.environments.find(({ name }) => name === environment);
    const file = placedIn?.hosts.find(({ name }) => name === host)?.file ?? '';
    tree.write(file, placeService(tree.read(file, 'utf8') ?? '', request.name));
  }
}

/** Nx prints the message of an error and no more: it holds all of them. */
function checked(options: ServiceOptions, scene: Scene): ServiceRequest {
  try {
    return parseRequest(options, scene);
  } catch (error) {
    throw new Error(formatErrors(error, { colour: false, verbose: false }), { cause: error });
  }
}

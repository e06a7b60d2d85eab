import { fmri, quoted, type Setting } from './fsf.js';

/**
 * Settings that every design file here has and that change no statistic: no preprocessing, no
 * registration, no thresholding, no browser. FEAT falls back on the user's own defaults for what is
 * missing, so all are said. Keys and their order: FSL 5.0.9, feat5/featlib.tcl, feat5:write.
 */
export const preparation = (level: 1 | 2): readonly Setting[] => [
  fmri('version', '6.00'),
  fmri('inmelodic', 0),
  fmri('level', level),
  fmri('analysis', 2),
  fmri('relative_yn', 0),
  fmri('help_yn', 0),
  fmri('featwatcher_yn', 0),
  fmri('sscleanup_yn', 0),
];

/** Image processing: all of it off. */
export const processing: readonly Setting[] = [
  fmri('filtering_yn', 0),
  fmri('brain_thresh', 10),
  fmri('critical_z', 5.3),
  fmri('noise', 0.66),
  fmri('noisear', 0.34),
  fmri('mc', 0),
  fmri('sh_yn', 0),
  fmri('regunwarp_yn', 0),
  fmri('dwell', 0.7),
  fmri('te', 35),
  fmri('signallossthresh', 10),
  fmri('unwarp_dir', 'y-'),
  fmri('st', 0),
  fmri('st_file', quoted('')),
  fmri('bet_yn', 0),
  fmri('smooth', 0),
  fmri('norm_yn', 0),
  fmri('perfsub_yn', 0),
];

/** No clusters, no pictures of thresholded maps: neighbouring voxels need have nothing in common. */
export const afterwards: readonly Setting[] = [
  fmri('constcol', 0),
  fmri('poststats_yn', 0),
  fmri('threshmask', quoted('')),
  fmri('thresh', 0),
  fmri('prob_thresh', 0.05),
  fmri('z_thresh', 2.3),
  fmri('zdisplay', 0),
  fmri('zmin', 2),
  fmri('zmax', 8),
  fmri('rendertype', 1),
  fmri('bgimage', 1),
  fmri('tsplot_yn', 0),
];

export const registration: readonly Setting[] = [
  fmri('reginitial_highres_yn', 0),
  fmri('reginitial_highres_search', 90),
  fmri('reginitial_highres_dof', 3),
  fmri('reghighres_yn', 0),
  fmri('reghighres_search', 90),
  fmri('reghighres_dof', 'BBR'),
  fmri('regstandard_yn', 0),
  fmri('alternateReference_yn', 0),
  fmri('regstandard', quoted('')),
  fmri('regstandard_search', 90),
  fmri('regstandard_dof', 12),
  fmri('regstandard_nonlinear_yn', 0),
  fmri('regstandard_nonlinear_warpres', 10),
];

/** `count` is that of contrasts and F tests together: FEAT asks for every pair of them. */
export const ending = (count: number): readonly Setting[] => {
  const all = Array.from({ length: count }, (_, k) => k + 1);
  return [
    fmri('conmask_zerothresh_yn', 0),
    ...all.flatMap((a) => all.filter((b) => b !== a).map((b) => fmri(`conmask${a}_${b}`, 0))),
    fmri('conmask1_1', 0),
    fmri('alternative_mask', quoted('')),
    fmri('init_initial_highres', quoted('')),
    fmri('init_highres', quoted('')),
    fmri('init_standard', quoted('')),
    fmri('overwrite_yn', 0),
  ];
};
